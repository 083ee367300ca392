"""The words agents say: reads, checks and renders the scripts library.

A script is data that a supervisor writes. It can name a few fields and nothing else, and it can't hang.
"""

from dialer.scripts.fields import SAMPLE, AgentFields, ClientFields, ContactFields, ScriptFields
from dialer.scripts.library import Library, check_script, load_library, load_script, script_from_text
from dialer.scripts.model import BACK, PassageKind, Script
from dialer.scripts.problems import Problem, ScriptError
from dialer.scripts.render import RenderedScript, render_script

__all__ = [
    "BACK",
    "SAMPLE",
    "AgentFields",
    "ClientFields",
    "ContactFields",
    "Library",
    "PassageKind",
    "Problem",
    "RenderedScript",
    "Script",
    "ScriptError",
    "ScriptFields",
    "check_script",
    "load_library",
    "load_script",
    "render_script",
    "script_from_text",
]
