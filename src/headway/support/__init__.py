"""What every floor may lean on: settings, logs, translations, metrics. Imports nothing of Headway."""
