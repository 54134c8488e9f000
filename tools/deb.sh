#!/usr/bin/env bash
# Puts the release binaries into a Debian package, oar-scheduler_VERSION-REVISION_ARCHITECTURE.deb in target/debian (`make deb` builds them
# first). Needs Debian's dpkg-dev and binutils, which are part of build-essential, and Python; nothing is fetched.
#
# Debian's maintainer variables DEBFULLNAME and DEBEMAIL name who builds the package, else the last commit's author is named; SOURCE_DATE_EPOCH
# is its date, else that of the last commit: the same binaries give the same package.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022

package=oar-scheduler
revision=${REVISION:-1}
target=${CARGO_TARGET_DIR:-target}
version=$(cargo pkgid --package oar-scheduler-meta)
version=${version##*[#@]}
# For Debian a version with `~` comes before the one without.
version=${version/-/\~}-$revision
architecture=$(dpkg --print-architecture)
maintainer="${DEBFULLNAME:-$(git log -1 --format=%an)} <${DEBEMAIL:-$(git log -1 --format=%ae)}>"
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/debian/$package
docs=$root/usr/share/doc/$package

# kamelot and kao have a folder of their own, and no place among the schedulers of a server: OAR 3 has programs /usr/lib/oar/kamelot and kao, and a
# server gets these when its administrator says so, not before.
mkdir -p "$root/DEBIAN"
for program in kamelot kao; do
    install -D --mode 755 --strip "$target/release/$program" "$root/usr/lib/$package/$program"
done
install -D --mode 755 --strip "$target/release/oar-sim" "$root/usr/bin/oar-sim"

"$target/release/oar-scheduler-pages" "$root/usr/share"
find "$root/usr/share/man" -type f -exec gzip --best --no-name {} +

install -D --mode 644 --target-directory "$docs" docs/{installation,configuration,plugins,python-plugins,scheduling-rules,reasons,database,snapshot-format,simulator,report}.md
# What is in the sources alone is named, without a link; all other pages that these link to must be among them.
sed -Ei 's|\[[^]]*\]\(\.\./([^)]*)\)|`\1` in the sources|g' "$docs"/*.md
grep -ohE '\]\([^)#]+' "$docs"/*.md | cut -c 3- | grep -v :// | sort -u | while read -r page; do
    [[ -e $docs/$page ]] || { echo "deb.sh: a page of the package links to $page, which the package does not have" >&2; exit 1; }
done
gzip --best --no-name <CHANGELOG.md >"$docs/changelog.gz"
gzip --best --no-name >"$docs/changelog.Debian.gz" <<END
$package ($version) unstable; urgency=medium

  * What changed is in changelog.gz.

 -- $maintainer  $(LC_ALL=C date --utc --rfc-email --date "@$SOURCE_DATE_EPOCH")
END
python3 tools/licences.py oar-scheduler-meta oar-scheduler-sim | gzip --best --no-name >"$docs/licences-of-crates.gz"
cat >"$docs/copyright" <<END
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: $package
Comment: The Rust crates that are compiled into the programs have licences of
 their own: licences-of-crates.gz has their names, versions and licences.

Files: *
Copyright: $(date --utc --date "@$SOURCE_DATE_EPOCH" +%Y) the authors of $package
License: GPL-3+
 This program is free software: you can redistribute it and/or modify it under
 the terms of the GNU General Public License as published by the Free Software
 Foundation, either version 3 of the License, or (at your option) any later
 version.
 .
 This program is distributed in the hope that it will be useful, but WITHOUT
 ANY WARRANTY; without even the implied warranty of MERCHANTABILITY or FITNESS
 FOR A PARTICULAR PURPOSE. See the GNU General Public License for more details.
 .
 On Debian systems the licence is in /usr/share/common-licenses/GPL-3.
END

# dpkg-shlibdeps wants a source package around it.
printf 'Source: %s\n\nPackage: %s\nArchitecture: any\n' "$package" "$package" >"$work/debian/control"
libraries=$(cd "$work" && dpkg-shlibdeps -O --ignore-missing-info "debian/$package"/usr/{bin,lib/"$package"}/* | sed -n 's/^shlibs:Depends=//p')

(cd "$root" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
cat >"$root/DEBIAN/control" <<END
Package: $package
Version: $version
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $(du --summarize --apparent-size --block-size 1K "$root/usr" | cut -f 1)
Depends: $libraries
Suggests: oar-server
Enhances: oar-server
Section: utils
Priority: optional
Description: schedulers for OAR, in place of those that the server brings
 OAR is a batch scheduler for clusters and other computing infrastructures.
 .
 This package has kao, the meta-scheduler, and kamelot, a scheduler of single
 queues, for servers of OAR 2 and OAR 3, and oar-sim, which replays scheduling
 rounds from files and simulates months of work. Installing it changes nothing
 on a server: it keeps its schedulers until an administrator gives it these.
END

# A server that still starts these programs does not survive that they are gone: OAR 2 hangs without its meta-scheduler, and puts a queue without its
# scheduler out of use. An upgrade is none of that.
cat >"$root/DEBIAN/prerm" <<END
#!/bin/sh
set -e

refuse() {
    echo "$package is still in use: \$1." >&2
    echo "See \"The way back\" in /usr/share/doc/$package/installation.md." >&2
    exit 1
}

if [ "\$1" = remove ]; then
    if grep -qs '^[[:space:]]*META_SCHED_CMD[[:space:]]*=[^#]*/usr/lib/$package/kao' /etc/oar/oar.conf; then
        refuse "META_SCHED_CMD in /etc/oar/oar.conf names its kao. Take that line out and restart the server first"
    fi
    for link in /usr/lib/oar/schedulers/*; do
        [ -L "\$link" ] || continue
        case \$(readlink -f "\$link" || true) in
            /usr/lib/$package/*) refuse "\$link leads to it. Give the queues their old scheduler and remove that link first" ;;
        esac
    done
fi
END
chmod 755 "$root/DEBIAN/prerm"

mkdir -p "$target/debian"
file=$target/debian/${package}_${version}_$architecture.deb
dpkg-deb --root-owner-group -Zxz --build "$root" "$file" >/dev/null
echo "$file"
