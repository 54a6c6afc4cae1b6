"""Releases for the tests: one of this tree, and one of a copy of it elsewhere, built anew by somebody else.

Both builds use the compiler's cache, when there is one: what was compiled is the same by its rules, which a test looks into, and
everything after that is really done twice.
"""

import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
sys.path.append(str(ROOT / "packaging/releasing"))

import signing  # noqa: E402
from releases import Release, cache_folder  # noqa: E402


@pytest.fixture(scope="session")
def release(tmp_path_factory):
    """Of this tree, with the programs that are tested everywhere else."""
    made = Release(ROOT, tmp_path_factory.mktemp("release") / "dist")
    made.make("--no-build")
    return made


@pytest.fixture(scope="session")
def other_tree(tmp_path_factory):
    """A copy of this tree, without what was built in it, in a folder with a longer name."""
    tree = tmp_path_factory.mktemp("elsewhere") / "home/somebody.else/checkouts/wsus-trust-agent"
    shutil.copytree(ROOT, tree, symlinks=True, ignore=lambda folder, _: {"build"} if Path(folder) == ROOT else set())
    return tree


@pytest.fixture(scope="session")
def other_release(other_tree):
    """Built from the first file to the last by somebody with another name, time zone, language and umask, and with flags of
    their own. Only where the libraries are stays the same, or all of them would be built, too."""
    home = other_tree.parents[1]
    environment = {"HOME": str(home), "USER": "somebody.else", "LOGNAME": "somebody.else", "LC_ALL": "C", "LANG": "tr_TR.UTF-8",
                   "TZ": "Pacific/Kiritimati", "CXXFLAGS": "-O0", "LDFLAGS": "-s", "WSUS_TRUST_AGENT_CACHE": str(cache_folder())}
    made = Release(other_tree, home / "dist", environment, umask=0o077)
    made.make()
    return made


@pytest.fixture(scope="session")
def signer(tmp_path_factory):
    """Somebody who may sign: a certificate of a CA of its own."""
    return signing.make_signer(tmp_path_factory.mktemp("signer"))


@pytest.fixture(scope="session")
def signed_release(other_tree, other_release, signer, tmp_path_factory):
    """By a publisher with a name, an address and a key; the programs are those of the other release."""
    (other_tree / "packaging/publisher").write_text(
        "MANUFACTURER='Contoso & Sons'\n"
        "HELP_URL='https://updates.contoso.com/help'\nCONTACT='the service desk'\n"
        "DOWNLOAD_URL='https://updates.contoso.com/agent/'\nLICENCE='Proprietary'\n")
    made = Release(other_tree, tmp_path_factory.mktemp("signed") / "dist", {"WSUS_TRUST_AGENT_CACHE": str(cache_folder())})
    made.make("--no-build", "--sign-certificate", signer.chain, "--sign-key", signer.key)
    return made
