"""numba with a disk cache that an edit of any kernel file empties.

numba's cache looks only at the file of the function itself, so an edit of a helper inlined from elsewhere leaves stale
code. The cache is therefore kept in a folder named by the hash of all files that hold kernels; importing this module
sets it, before the first decorator runs. EVOMUSIC_CACHE names the parent folder.

Where nothing can be written (a full disk, a read-only home, no folder for temporary files), kernels are compiled in
each process and not kept; one remark in the log says so.
"""

from __future__ import annotations

import functools
import gc
import hashlib
import logging
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import Any

import numba
from numba.core.caching import NullCache
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler, Flags
from numba.core.types import unliteral
from numba.core.untyped_passes import InlineClosureLikes


def cache_folder() -> Path:
    """The folder for files that can be made again: compiled kernels, parsed tunes. EVOMUSIC_CACHE overrides it."""
    if named := os.environ.get("EVOMUSIC_CACHE"):
        return Path(named)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
    elif sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME")
    return Path(base or os.path.expanduser("~/.cache")) / "evomusic"


def _kernel_hash() -> str:
    digest = hashlib.sha256(f"{numba.__version__} {sys.version}".encode())
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        text = path.read_bytes()
        if b"_jit import" in text:
            digest.update(text)
    return digest.hexdigest()[:16]


def _set_cache() -> str:
    """Let numba keep its cache in the first folder that can be written to; return it, or "" when none can."""
    name = f"kernels-{_kernel_hash()}"
    for parent in (cache_folder, _temporary_folder):
        try:
            folder = parent() / name
            folder.mkdir(parents=True, exist_ok=True)
            if os.access(folder, os.W_OK):
                setattr(numba.config, "CACHE_DIR", str(folder))  # noqa: B010  # made at run time
                return str(folder)
        except OSError:
            continue
    return ""


def _temporary_folder() -> Path:
    """A folder of this user's own among the temporary files.

    Raises:
        OSError: there is none, or the folder of that name belongs to another user, whose files are not to be run.
    """
    user = os.getuid() if hasattr(os, "getuid") else 0
    folder = Path(tempfile.gettempdir()) / f"evomusic-{user}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if hasattr(os, "getuid") and folder.stat().st_uid != user:
        raise PermissionError(f"{folder} belongs to another user")
    return folder


class _Cache:
    """numba's cache of one kernel; a fault of the disk is no fault of the compilation."""

    def __init__(self, cache: Any) -> None:
        self._cache = cache

    def load_overload(self, signature: Any, context: Any) -> Any:
        """The compiled kernel, or None: it was not kept, or its file is damaged."""
        try:
            return self._cache.load_overload(signature, context)
        except Exception:  # a damaged file raises anything that unpickling can raise
            return None

    def save_overload(self, signature: Any, compiled: Any) -> None:
        """Keep a compiled kernel, where the disk lets it."""
        try:
            self._cache.save_overload(signature, compiled)
        except (OSError, EOFError) as error:
            _remark(str(error))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cache, name)


_remarks: list[str] = []


def _remark(cause: str) -> None:
    """Say once a process that compiled kernels are not kept."""
    if not _remarks:
        logging.getLogger("evomusic").warning(
            "compiled kernels are not kept, so that each start compiles them again (%s); "
            "EVOMUSIC_CACHE can name a folder with room for them",
            cause,
        )
    _remarks.append(cause)


def njit(**options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Compiler of kernels: numba's njit, for a function whose arrays and scalars are typed when it is called.

    Args:
        options: of `numba.njit`; `cache=True` keeps the compiled kernel where a folder for it can be written to.
    """
    keep = options.pop("cache", False)

    def compiler(function: Callable[..., Any]) -> Callable[..., Any]:
        kernel: Any = numba.njit(**_KERNEL | options)(function)
        if hasattr(kernel, "get_call_template"):  # a plain function where NUMBA_DISABLE_JIT is set
            kernel.get_call_template = _without_literals(kernel.get_call_template)
            if keep:
                _enable_cache(kernel)
        return kernel

    return compiler


def _without_literals(template: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """The types of a kernel's call: numba compiles a kernel anew for each constant that it is called with."""
    plain: Callable[[Any], Any] = unliteral

    def of_call(args: Any, named: Any) -> Any:
        return template(tuple(map(plain, args)), {name: plain(value) for name, value in named.items()})

    return of_call


def inner(**options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Compiler of kernels that only kernels call: they become machine code as parts of their callers alone.

    Called from Python, such a kernel runs as plain Python. It makes no arrays, so that no references are counted, and a
    division by zero raises nothing.

    Args:
        options: of `numba.njit`.
    """
    compiler = njit(_nrt=False, error_model="numpy", **_LINKED, **options)

    def made(function: Callable[..., Any]) -> Callable[..., Any]:
        kernel = compiler(function)
        return _Inner(kernel) if hasattr(kernel, "_numba_type_") else kernel

    return made


class _Inner:
    """A kernel without an entry from Python: numba sees the compiled kernel, a call from Python the function."""

    def __init__(self, kernel: Any) -> None:
        self.kernel, self.py_func = kernel, kernel.py_func
        functools.update_wrapper(self, kernel.py_func)

    def __call__(self, *args: Any) -> Any:
        """Run the function, uncompiled."""
        return self.py_func(*args)

    @property
    def _numba_type_(self) -> Any:
        return self.kernel._numba_type_


class _Flags(Flags):
    """Options of a kernel while those that it calls are compiled; they do not change.

    numba looks a function that it brings along up by its arguments and these options, some thousand times a kernel, and
    compiles it again for options that differ; most of them make no difference to it.
    """

    __slots__ = ("_hash", "_matter")

    def __init__(self, copy_from: Any = None) -> None:
        super().__init__(copy_from)  # type: ignore[no-untyped-call]
        values = self.values().items()  # type: ignore[no-untyped-call]
        self._matter = [value for name, value in values if name not in _OWN]
        self._hash = hash((self.nrt, self.error_model))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, _Flags) and self._matter == other._matter)


_OWN = ("no_cpython_wrapper", "no_cfunc_wrapper", "release_gil", "forceinline")
"""Options that say something of a kernel itself, and nothing of those that it calls."""


class _KernelFlags(Flags):
    """Options of a kernel."""

    def copy(self) -> _Flags:
        """The options as the compiler holds them while it compiles the kernel."""
        return _Flags(self)


class _KernelCompiler(Compiler):
    """numba's compiler without what costs time and adds nothing to kernels.

    Garbage is not collected meanwhile, and passes for closures are run where there are any.
    """

    def compile_extra(self, func: Callable[..., Any]) -> Any:
        """Compile one function, of arguments that are typed."""
        self.state.flags = _KernelFlags(self.state.flags)  # type: ignore[no-untyped-call]
        collecting = gc.isenabled()
        gc.disable()
        try:
            return super().compile_extra(func)  # type: ignore[no-untyped-call]
        finally:
            if collecting:
                gc.enable()

    def define_pipelines(self) -> list[Any]:
        """The passes of numba's compiler."""
        pipelines: list[Any] = super().define_pipelines()  # type: ignore[no-untyped-call]
        if not any(isinstance(constant, CodeType) for constant in self.state.func_id.code.co_consts):
            for pipeline in pipelines:
                pipeline.passes = [(one, text) for one, text in pipeline.passes if one is not InlineClosureLikes]
        return pipelines


class _LinkedLibrary(JITCodeLibrary):
    """LLVM code to be linked into that of callers: it is optimised there, and has no machine code of its own."""

    def _optimize_functions(self, ll_module: Any) -> None:
        ll_module.data_layout = self._codegen._data_layout
        passes, builder = self._codegen._function_pass_manager(opt=1)  # type: ignore[no-untyped-call]  # callers get 3
        for function in ll_module.functions:
            if not function.is_declaration:
                passes.run(function, builder)

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()  # type: ignore[no-untyped-call]
        self._verify_declare_only_symbols()  # type: ignore[no-untyped-call]
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """No address: nothing calls it but what it is linked into."""
        return 0

    @property
    def codegen(self) -> _LinkedLibrary:
        return self

    def set_env(self, name: str, env: Any) -> None:
        """Refuse Python objects, which only machine code of its own could reach."""
        if env.consts:
            raise TypeError(f"a kernel for kernels holds Python objects: {env.consts}")


class _LinkedCompiler(_KernelCompiler):
    """The compiler of functions that are compiled as parts of others."""

    def compile_extra(self, func: Callable[..., Any]) -> Any:
        """Compile one function, of arguments that are typed, into a library of LLVM code."""
        self.state.library = _LinkedLibrary(self.state.targetctx.codegen(), func.__qualname__)  # type: ignore[no-untyped-call]
        return super().compile_extra(func)


_KERNEL: Any = {"no_cfunc_wrapper": True, "pipeline_class": _KernelCompiler}
_LINKED: Any = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "pipeline_class": _LinkedCompiler}
INLINED: Any = {**_LINKED, "forceinline": True}
"""Options of numba's `overload`, for functions that only kernels call, each inlined where it is called."""


def _enable_cache(kernel: Any) -> None:
    if not _folder:
        _remark("no folder for them can be written to")
        return
    try:
        kernel.enable_caching()
    except RuntimeError as error:  # numba found no folder that can be written to
        _remark(str(error))
        return
    if str(kernel._cache.cache_path).startswith(_folder):
        kernel._cache = _Cache(kernel._cache)
    else:  # numba turned to a folder beside the code, which an edit of another file does not empty
        kernel._cache = NullCache()
        _remark(f"{_folder} cannot be written to")


_folder = _set_cache()
