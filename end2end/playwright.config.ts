import { defineConfig } from "@playwright/test";
import { servers } from "./servers.js";

// The system's Chromium where there is one (bin/environment looks for it), else Playwright's own.
const chromium = process.env.HANDSTAMP_CHROMIUM || undefined;

export const launchOptions = {
  executablePath: chromium,
  args: [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
  ],
};

/** How one of the servers is started. */
export const started = ({ program, url, settings }: (typeof servers)[keyof typeof servers]) => ({
  command: program,
  cwd: "..",
  url: `${url}/readyz`,
  reuseExistingServer: false,
  gracefulShutdown: { signal: "SIGTERM" as const, timeout: 5000 },
  env: settings,
});

export default defineConfig({
  testDir: "tests",
  fullyParallel: true,
  workers: 2,
  retries: 0,
  // A machine that is busy takes its time; what must be quick says so itself.
  timeout: 60_000,
  expect: { timeout: 15_000 },
  forbidOnly: true,
  reporter: [["list"]],
  outputDir: "test-results",
  use: {
    baseURL: servers.short.url,
    trace: { mode: "retain-on-failure", screenshots: false, snapshots: false, sources: false },
    launchOptions,
  },
  webServer: Object.values(servers).map(started),
});
