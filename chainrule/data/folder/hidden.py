"""Files and folders that an operating system or a program leaves among a user's own."""

from __future__ import annotations

NAMES = frozenset(
    (
        # macOS
        *(".ds_store", "__macosx", ".localized", ".apdisk", ".fseventsd", ".trash", ".trashes"),
        *(".spotlight-v100", ".documentrevisions-v100", ".temporaryitems", ".appledouble"),
        *(".appledb", ".appledesktop", ".com.apple.timemachine.donotpresent", ".volumeicon.icns"),
        *("network trash folder", "temporary items", "icon\r"),
        # Windows
        *("$recycle.bin", "system volume information", "thumbs.db", "ehthumbs.db"),
        *("ehthumbs_vista.db", "desktop.ini", "$windows.~bt", "$windows.~ws", "$winreagent"),
        *("$extend", "$av_asw", "found.000"),
        # Linux, desktops and servers
        *("lost+found", ".directory", ".hidden", ".thumbnails", ".snapshot", ".snapshots", ".zfs"),
        *(".nomedia", "@eadir", "#recycle", "@recycle", "@recently-snapshot", "#snapshot"),
        *(".@__thumb", ".@upload_cache"),
        # clouds and synchronizers
        *(".dropbox", ".dropbox.cache", ".dropbox.attr", ".stfolder", ".stversions", ".stignore"),
        *(".sync", ".owncloudsync.log", ".tmp.drivedownload", ".tmp.driveupload"),
        # version control, editors and Python
        *(".git", ".gitignore", ".gitattributes", ".gitkeep", ".gitmodules", ".keep", ".svn"),
        *(".hg", ".hgignore", ".bzr", ".dvc", ".dvcignore", ".idea", ".vscode", ".venv", ".env"),
        *(".ipynb_checkpoints", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"),
        *(".tox", ".cache", ".config", ".local", ".huggingface", ".jupyter", ".kaggle"),
        *(".picasa.ini", ".picasaoriginals", ".editorconfig", ".placeholder"),
    )
)
"""In small letters; they are compared so."""

FILES = ("._", ".nfs", ".fuse_hidden", ".goutputstream-", ".~lock.", ".syncthing.")
FOLDERS = (".trash-",)
"""How the names of more of them begin."""


def is_hidden(name: str, folder: bool) -> bool:
    """Whether a file or folder of this name is the system's: .DS_Store, $RECYCLE.BIN …

    Any other name is the user's, also one that begins with a dot or a dollar: ``.NET`` and
    ``$10`` are classes.
    """
    low = name.lower()
    return low in NAMES or low.startswith(FOLDERS if folder else FILES)
