"""The documentation's site: Sphinx reads the Markdown files of this folder as they are."""

project = "Sebaya"
html_title = "Sebaya"
extensions = ["myst_parser"]
html_theme = "furo"
html_show_copyright = False
html_show_sourcelink = False
# A link to a heading is checked like a link to a page.
myst_heading_anchors = 3
