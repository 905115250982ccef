import { defineConfig } from "@playwright/test";
import { projects } from "./engines.js";
import { servers } from "./servers.js";

/** The `webServer` entry that starts one of the servers. */
export const webServer = ({ program, url, settings }: (typeof servers)[keyof typeof servers]) => ({
  command: program,
  cwd: "..",
  url: `${url}/readyz`,
  reuseExistingServer: false,
  gracefulShutdown: { signal: "SIGTERM" as const, timeout: 5000 },
  env: settings,
});

/** The projects of configurations that run on Chromium only. */
export const chromiumProjects = projects.filter(({ name }) => name === "chromium");

export default defineConfig({
  testDir: "tests",
  fullyParallel: true,
  // The specs mostly wait for tokens to expire. More workers are no faster on two cores.
  workers: 3,
  retries: 0,
  // For a busy machine; tests of something quick set their own timeouts.
  timeout: 60_000,
  expect: { timeout: 15_000 },
  forbidOnly: true,
  reporter: [["list"], ["./engines-reporter.ts"]],
  outputDir: "test-results",
  use: {
    baseURL: servers.short.url,
    // Tracing would take a third of the time. `npx playwright test --trace on` turns it on.
    trace: "off",
  },
  projects,
  webServer: Object.values(servers).map(webServer),
});
