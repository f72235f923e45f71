"""How our pictures and tables look, whatever they show."""
