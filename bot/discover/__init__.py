"""From a feed, sitemap, section or home page to story addresses. CPU only."""
