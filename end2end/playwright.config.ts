import { defineConfig } from "@playwright/test";
import { projects } from "./engines.js";
import { servers } from "./servers.js";

/** How one of the servers is started. */
export const started = ({ program, url, settings }: (typeof servers)[keyof typeof servers]) => ({
  command: program,
  cwd: "..",
  url: `${url}/readyz`,
  reuseExistingServer: false,
  gracefulShutdown: { signal: "SIGTERM" as const, timeout: 5000 },
  env: settings,
});

/** The projects of configurations that compare what one browser shows or measures. */
export const onChromium = projects.filter(({ name }) => name === "chromium");

export default defineConfig({
  testDir: "tests",
  fullyParallel: true,
  // The specs mostly wait for tokens to expire. More workers than this gain nothing on two cores.
  workers: 3,
  retries: 0,
  // A machine that is busy takes its time; what must be quick says so itself.
  timeout: 60_000,
  expect: { timeout: 15_000 },
  forbidOnly: true,
  reporter: [["list"], ["./engines-reporter.ts"]],
  outputDir: "test-results",
  use: {
    baseURL: servers.short.url,
    // Tracing would take a third of the time. One spec is traced with `npx playwright test --trace on`.
    trace: "off",
  },
  projects,
  webServer: Object.values(servers).map(started),
});
