"""The doctor: what is wrong with a set-up, and how to mend it.

`python -m <service> doctor` runs the checks. Each looks at one thing for real and yields
findings; a module each. Those that are cheap, and that nothing can be served without, also
stop a start: see `mesh.runtime.startup`.
"""
