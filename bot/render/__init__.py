"""From core types to messages, pages, feeds and terminal text."""
