//! The page in a real browser.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::super::artificial::Example;

const BROWSERS: &[&str] = &["chromium-headless-shell", "chromium", "google-chrome"];

/// Added to a page, it writes into the document what the page has asked of the network.
const WITNESS: &str = "<script>addEventListener('load', () => setTimeout(() => {
    const asked = document.createElement('output');
    asked.textContent = performance.getEntriesByType('resource').map(entry => entry.name).join(' ');
    document.body.append(asked);
}, 200));</script></body>";

fn browser() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    BROWSERS.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find(|file| file.is_file())
}

/// A page once it is open.
struct Opened {
    dom: String,
    /// What the page asked of the network, separated by blanks.
    asked: String,
    /// The lines of the browser's log that come from the page's console.
    console: Vec<String>,
}

fn open(browser: &Path, html: &str) -> Opened {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    std::fs::write(&page, html.replace("</body>", WITNESS)).unwrap();
    let run = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "--enable-logging=stderr", "--v=0"])
        .args(["--virtual-time-budget=5000", "--host-resolver-rules=MAP * ~NOTFOUND"])
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{log}");
    let dom = String::from_utf8_lossy(&run.stdout).into_owned();
    let (_, asked) = dom.split_once("<output>").expect("what the page asked for");
    let asked = asked.split_once("</output>").unwrap().0.to_owned();
    let console = log.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect();
    Opened { dom, asked, console }
}

#[test]
fn a_browser_opens_the_page_without_a_complaint_or_a_request() {
    let Some(browser) = browser() else {
        assert!(std::env::var_os("CI").is_none(), "expected one of {BROWSERS:?} in PATH, found none");
        eprintln!("the page was not opened: none of {BROWSERS:?} is in PATH");
        return;
    };
    let bad = open(
        &browser,
        "<html><body><img src=\"http://elsewhere.example/other.png\"/><script>unknown()</script></body></html>",
    );
    assert_eq!(bad.asked, "http://elsewhere.example/other.png");
    assert_eq!(bad.console.len(), 1, "{:?}", bad.console);

    let Opened { dom, asked, console } = open(&browser, &Example::of_jobs(2000, 288, 14).report().html());
    assert_eq!((asked.as_str(), console), ("", Vec::new()));
    for heading in
        ["Summary", "Utilisation", "What waits", "Submissions", "Waiting time", "Bounded slowdown", "Gantt chart"]
    {
        assert!(dom.contains(&format!("<h2>{heading}</h2>")), "{heading}");
    }
    // Utilisation, two of what waits, submissions, waiting time by three groups, slowdown, the Gantt chart.
    assert_eq!(dom.matches("<svg ").count(), 9);
    assert_eq!(dom.matches("</svg>").count(), 9);
    assert_eq!(dom.matches("<details>").count(), 6);
}
