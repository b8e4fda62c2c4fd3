//! The service whose descriptions the tests of the build script write.

use crate::build::Service;

pub const DEMO: Service = Service {
    feature: "demo",
    groups: "demo",
    cfg: "demo",
    folder: "demo",
    output: "demo.rs",
    module: "crate::demo",
    older: None,
};
