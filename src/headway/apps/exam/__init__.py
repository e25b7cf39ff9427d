"""The exam application: answers scored, recommendations in English and Arabic. Called by the engine, routes,
pages and the command `headway exam import`."""
