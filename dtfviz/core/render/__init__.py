"""Result -> figure, table, video, page or data file."""
