"""The front step: settings, addresses, command line, demo."""
