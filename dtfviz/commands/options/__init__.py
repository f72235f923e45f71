"""Options that several commands share, by subject: each subject gives its command one frozen record."""
