"""Settings of the site: `sphinx-build -W -b html docs docs/_build`, without a network."""

from importlib.metadata import version as version_of

project = "trialdesign"
author = "the trialdesign authors"
project_copyright = "the trialdesign authors, Apache License 2.0"
release = version = version_of("trialdesign-bayes")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown"}
root_doc = "index"
exclude_patterns = ["_build"]
smartquotes = False

myst_heading_anchors = 3
napoleon_google_docstring = False
napoleon_use_ivar = True
autodoc_typehints = "none"
autodoc_member_order = "alphabetical"

html_theme = "furo"
html_title = "trialdesign"
html_static_path = ["_static"]
html_css_files = ["tables.css"]
html_copy_source = False
