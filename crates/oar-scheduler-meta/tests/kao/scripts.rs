//! Scripts that a site has configured.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::site::Site;

/// Writes a script of the shell into the folder of a site, where it is run, and finds others; `log FILE WORD…` adds a line to a file there.
pub fn script(site: &Site, name: &str, text: &str) -> PathBuf {
    let path = site.file(name);
    let folder = path.parent().unwrap().display();
    let text = format!(
        "#!/bin/sh\ncd '{folder}'\nPATH=\"$PWD:$PATH\"\nlog() {{ file=$1; shift; echo \"$*\" >>\"$file\"; }}\n{text}\n"
    );
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// An ssh that keeps in `ssh.log` what it was asked, and runs it here. Hosts `gone` cannot be reached, and `silent` do not answer.
pub fn ssh(site: &Site) -> PathBuf {
    let text = "log ssh.log \"$@\"\n\
                while :; do case $1 in -p) shift 2;; -*) shift;; *) break;; esac; done\n\
                host=$1; shift\n\
                case $host in gone*) echo 'no route' >&2; exit 255;; silent*) sleep 600 & wait;; esac\n\
                exec /bin/sh -c \"$*\"";
    script(site, "ssh", text)
}

/// The lines of a file of a site, in order; none: there is no such file.
pub fn lines(site: &Site, name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(site.file(name)).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// The same, sorted: of what is done at once.
pub fn sorted_lines(site: &Site, name: &str) -> Vec<String> {
    let mut lines = lines(site, name);
    lines.sort();
    lines
}
