//! Random orderings and the accounting that they read.

use serde_json::{Value, json};

use super::Maker;

/// Few different values: ties must be frequent.
const WEIGHTS: [f64; 6] = [0.0, 0.0, 1.0, 2.0, 0.5, -1.0];

impl Maker {
    /// The ordering of the snapshot, none for the order of the list.
    pub fn ordering(&mut self) -> Option<Value> {
        if !self.on("ordering") {
            return None;
        }
        let policy =
            self.pick(&["GIVEN", "FIFO", "FAIRSHARE", "FAIRSHARING", "MULTIFACTOR", "MULTIFACTOR", "ROUND_ROBIN"]);
        let mut ordering = json!({ "policy": policy });
        if self.chance(50) {
            ordering["max_jobs"] = json!(self.pick(&[1, 2, 3, 5, 8, 0, -1]));
        }
        if self.chance(80) {
            ordering["fairshare"] = json!({
                "project_targets": { "p1": self.pick(&[10.0, 50.0]) },
                "user_targets": { "alice": self.pick(&[25.0, 50.0, 100.0]), "bob": self.pick(&[0.0, 25.0]) },
            });
            for key in ["coef_project", "coef_user", "coef_user_ask"] {
                if self.rng.bool() {
                    ordering["fairshare"][key] = json!(self.pick(&[0.0, 1.0, 2.0]));
                }
            }
        }
        if policy == "MULTIFACTOR" {
            ordering["multifactor"] = self.multifactor();
        }
        Some(ordering)
    }

    fn multifactor(&mut self) -> Value {
        let mut settings = json!({});
        for key in
            ["age_weight", "queue_weight", "work_weight", "size_weight", "karma_weight", "qos_weight", "nice_weight"]
        {
            if self.chance(50) {
                settings[key] = json!(self.pick(&WEIGHTS));
            }
        }
        for key in ["work_mode", "size_mode"] {
            if self.rng.bool() {
                settings[key] = json!(self.rng.i64(0..2));
            }
        }
        if self.rng.bool() {
            settings["age_coef"] = json!(self.pick(&[0.001, 0.1, 0.0]));
        }
        settings["queue_coefs"] = json!({ "default": self.pick(&[1.0, 0.5]), "besteffort": 0.25 });
        settings
    }

    /// The accounting of a group, none without an ordering that may need it.
    pub fn accounting(&mut self) -> Option<Value> {
        if !self.on("ordering") || self.chance(20) {
            return None;
        }
        let mut accounting = json!({});
        for kind in ["used", "asked"] {
            let users = json!({ "alice": self.pick(&[0, 100, 600]), "bob": self.pick(&[100, 200]) });
            let projects = json!({ "p1": self.pick(&[0, 300, 800]), "p2": 100 });
            accounting[kind] = json!({ "users": users, "projects": projects });
            if self.chance(80) {
                accounting[kind]["total"] = json!(self.pick(&[0, 800, 1000]));
            }
        }
        Some(accounting)
    }
}
