use std::process::Command;

use super::*;

const BROWSERS: &[&str] = &["chromium-headless-shell", "chromium", "google-chrome"];

#[test]
fn a_browser_opens_the_report_of_a_simulation() {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let browser = BROWSERS
        .iter()
        .find_map(|name| std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|file| file.is_file()));
    let Some(browser) = browser else {
        assert!(std::env::var_os("CI").is_none(), "expected one of {BROWSERS:?} in PATH, found none");
        eprintln!("the report was not opened: none of {BROWSERS:?} is in PATH");
        return;
    };
    let files = Files::new();
    let log = files.write("log.swf", log(&[job(0, 100, 4), job(40, 4, 2)]));
    assert_eq!(oar_sim(&["simulate", &log, "--cores", "4", "--out", &files.path("out")]).status, 0);
    let run = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "--enable-logging=stderr", "--v=0"])
        .arg("--host-resolver-rules=MAP * ~NOTFOUND")
        .arg(format!("--user-data-dir={}", files.path("profile")))
        .arg(format!("file://{}", files.path("out/report.html")))
        .output()
        .unwrap();
    let (dom, log) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success() && !log.contains("CONSOLE"), "{log}");
    assert!(dom.contains("<h2>Summary</h2>") && dom.contains("98.1") && dom.contains("</svg>"), "{dom}");
}
