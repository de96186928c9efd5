"""From HTML to a Story. CPU only, no network."""
