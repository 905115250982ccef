// The measurements of `bin/bench` in the browser: one browser, one worker, nothing else at the same time.
import { defineConfig } from "@playwright/test";
import tests, { chromiumProjects, webServer } from "./playwright.config.js";
import { servers } from "./servers.js";

export default defineConfig({
  ...tests,
  testDir: "bench",
  workers: 1,
  projects: chromiumProjects,
  reporter: [["./bench/measurements-reporter.ts"]],
  // Unlike the specs, the measurements need the production build.
  webServer: { ...webServer(servers.plain), command: process.env.HANDSTAMP_SERVER ?? "target/release/handstamp" },
  use: { ...tests.use, baseURL: servers.plain.url, trace: "off" },
});
