"""The playground: a page of this machine's own server on which nets are trained, asked and opened.

``chainrule play`` starts it. Needs the extra ``play`` (starlette and uvicorn); nothing else of the
library does.
"""
