// `bin/bench` measures the page with this: one browser, one worker, nothing beside it.
import { defineConfig } from "@playwright/test";
import tests, { onChromium, started } from "./playwright.config.js";
import { servers } from "./servers.js";

export default defineConfig({
  ...tests,
  testDir: "bench",
  workers: 1,
  projects: onChromium,
  reporter: [["./bench/printed.ts"]],
  // Unlike the specs it needs the production build.
  webServer: { ...started(servers.plain), command: process.env.HANDSTAMP_SERVER ?? "target/release/handstamp" },
  use: { ...tests.use, baseURL: servers.plain.url, trace: "off" },
});
