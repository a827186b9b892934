"""What people and machines get to see.

Takes plans and outcomes, gives text or JSON; `view` walks them once, every format reads only the view.
Never decides anything and never writes a file.
"""
