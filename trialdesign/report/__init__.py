"""Results for readers: pages of text and tables, figures, documents; the only writer of files."""
