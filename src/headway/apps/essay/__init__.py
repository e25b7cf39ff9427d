"""The essay application: IELTS writing scored by four criteria. Called by the engine, the routes and the pages."""
