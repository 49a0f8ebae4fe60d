"""Walls: what code inside a decoding child cannot reach, whatever a file makes it do.

Linux only, and each wall where the kernel has it. Landlock (landlock(7), since 5.13) shuts off
every file but the installed libraries, which may be read, and TCP, signals and abstract sockets of
other processes. seccomp (seccomp(2)) shuts off sockets, new processes, ptrace, other processes'
memory, mounts, kernel interfaces and the rights of files. ``no_new_privs`` comes first, so that
neither can be shed by running another program. Both are spoken to by their system calls: a library
would need one of the system's own beside it.
"""

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

_NO_NEW_PRIVS, _SET_SECCOMP, _FILTER = 38, 22, 2  # prctl(2)
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every machine
_PATH_BENEATH = 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}  # how many rights a version of Landlock knows
_TCP_SINCE, _SCOPE_SINCE = 4, 6
_TCP = 0b11  # bind and connect
_SCOPE = 0b11  # sockets by abstract names, and signals, of processes outside
_SYSTEM_LIBRARIES = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/etc/ld.so.cache",
)

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32 = 0x40000000
_FORBIDDEN = {  # system call: number on x86_64, on aarch64; None where there is none
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200),
    "listen": (50, 201), "accept": (43, 202), "accept4": (288, 242),
    "fork": (57, None), "vfork": (58, None), "clone": (56, 220), "execve": (59, 221),
    "execveat": (322, 281), "ptrace": (101, 117), "kcmp": (312, 272),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "process_madvise": (440, 440), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "tkill": (200, 130),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "unshare": (272, 97), "setns": (308, 268), "open_tree": (428, 428), "move_mount": (429, 429),
    "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "mount_setattr": (442, 442), "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218),
    "init_module": (175, 105), "finit_module": (313, 273), "kexec_load": (246, 104),
    "shmget": (29, 194), "shmat": (30, 196), "msgget": (68, 186), "mq_open": (240, 180),
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, None), "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7), "removexattr": (197, 14),
    "lremovexattr": (198, 15), "fremovexattr": (199, 16), "utimensat": (280, 88),
    "utime": (132, None), "utimes": (235, None), "futimesat": (261, None),
    "mknod": (133, None), "mknodat": (259, 33),
}  # fmt: skip
_FOR_ITSELF_ALONE = {"kill": (62, 129), "tgkill": (234, 131), "prlimit64": (302, 261)}
_CLONE_3 = 435  # its flags cannot be looked at; "not there" makes libraries ask for clone

_LOAD, _JUMP_EQUAL, _JUMP_FROM, _RETURN = 0x20, 0x15, 0x35, 0x06  # classic BPF
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_EPERM, _ENOSYS = 1, 38


def shut(libraries: Iterable[Path] = ()) -> None:
    """Puts this process behind all walls that the kernel has. There is no way back.

    Args:
        libraries: folders that may still be read besides the system's libraries: what a decoder
            loads at its first use lies there.
    """
    if sys.platform != "linux":
        return
    _prctl(_NO_NEW_PRIVS, 1)
    _restrict_files([*libraries, *map(Path, _SYSTEM_LIBRARIES)])
    _filter_calls()


def missing() -> tuple[str, ...]:
    """Sentences on the walls that this machine lacks; empty where all stand."""
    lacking = []
    if _landlock_version() < 1:
        lacking.append("files and TCP of this user are not blocked (no Landlock in this kernel)")
    if not _has_seccomp():
        lacking.append("sockets and other processes are not blocked (no seccomp here)")
    return tuple(f"The protected decoder lacks one protection: {what}." for what in lacking)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _prctl(option: int, value: int, pointer: object = 0) -> None:
    arguments = (ctypes.c_ulong(value), pointer, ctypes.c_ulong(0), ctypes.c_ulong(0))
    if _libc().prctl(option, *arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _call(number: int, *arguments: object) -> int:
    result = int(_libc().syscall(ctypes.c_long(number), *arguments))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def _landlock_version() -> int:
    if sys.platform != "linux":
        return 0
    try:
        return _call(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(1))
    except OSError:
        return 0


def _restrict_files(readable: Iterable[Path]) -> None:
    version = _landlock_version()
    if version < 1:
        return
    rights = (1 << _FILE_RIGHTS[max(v for v in _FILE_RIGHTS if v <= version)]) - 1
    attributes = struct.pack("<Q", rights)
    if version >= _TCP_SINCE:
        attributes += struct.pack("<Q", _TCP)
    if version >= _SCOPE_SINCE:
        attributes += struct.pack("<Q", _SCOPE)
    size = ctypes.c_size_t(len(attributes))
    ruleset = _call(_CREATE_RULESET, attributes, size, ctypes.c_uint(0))
    try:
        for path in readable:
            try:
                opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
            except OSError:
                continue  # not on this machine
            allowed = _READ_FILE | (_READ_DIR if path.is_dir() else 0)
            rule = struct.pack("<Qi", allowed, opened)
            kind, flags = ctypes.c_int(_PATH_BENEATH), ctypes.c_uint(0)
            _call(_ADD_RULE, ctypes.c_int(ruleset), kind, rule, flags)
            os.close(opened)
        _call(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint(0))
    finally:
        os.close(ruleset)


def _has_seccomp() -> bool:
    if sys.platform != "linux" or platform.machine() not in _ARCHITECTURES:
        return False
    return Path("/proc/sys/kernel/seccomp/actions_avail").exists()


def _filter_calls() -> None:
    if not _has_seccomp():
        return
    program = _program(platform.machine(), os.getpid())
    instructions = ctypes.create_string_buffer(program, len(program))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))

    found = Program(len(program) // 8, ctypes.cast(instructions, ctypes.c_void_p))
    _prctl(_SET_SECCOMP, _FILTER, ctypes.byref(found))


def _program(machine: str, process: int) -> bytes:
    """The filter as classic BPF: struct sock_filter, 8 bytes an instruction."""
    column = list(_ARCHITECTURES).index(machine)
    lines = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_JUMP_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _KILL),  # numbers mean other calls there
        (_LOAD, 0, 0, _NUMBER),
        (_JUMP_FROM, 0, 1, _X32),
        (_RETURN, 0, 0, _ERRNO | _EPERM),
        (_JUMP_EQUAL, 0, 1, _CLONE_3),
        (_RETURN, 0, 0, _ERRNO | _ENOSYS),
    ]
    forbidden = (numbers[column] for numbers in _FORBIDDEN.values())
    for number in (each for each in forbidden if each is not None):
        lines += [(_JUMP_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ERRNO | _EPERM)]
    for name, numbers in _FOR_ITSELF_ALONE.items():
        meant = (0, process) if name == "prlimit64" else (process,)  # 0 is itself there
        lines += [(_JUMP_EQUAL, 0, len(meant) + 3, numbers[column]), (_LOAD, 0, 0, _FIRST_ARGUMENT)]
        lines += [
            (_JUMP_EQUAL, len(meant) - place, 0, number) for place, number in enumerate(meant)
        ]
        lines += [(_RETURN, 0, 0, _ERRNO | _EPERM), (_RETURN, 0, 0, _ALLOW)]
    lines.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("<HBBI", *line) for line in lines)
