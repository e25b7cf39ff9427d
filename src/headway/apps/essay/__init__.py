"""The essay application: IELTS writing scored on four criteria. Called by the engine, routes and pages."""
