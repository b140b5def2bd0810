"""What a request costs, counted instead of timed, so that a busy or slow machine changes nothing.

`make costs` counts the SQL statements, the RPCs, the calls of functions and the allocations of
each hot path, beside what is recorded; `make costs RECORD=1` records anew. The tests here, part
of `make test`, fail where one is 5 % dearer than recorded. Counts differ between minor versions
of Python, so only versions that are recorded are checked.
"""
