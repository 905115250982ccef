// The browser engines of the specs: how each is found and launched, and what it does not support.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { firefox, webkit, type LaunchOptions, type PlaywrightTestOptions, type PlaywrightWorkerOptions } from "@playwright/test";
import { downloadsFolder } from "./downloads.js";

interface Engine {
  /** The name of the Playwright project. */
  name: string;
  /** Why the engine is unavailable. It then has no project, and the reporter prints the reason. */
  missing?: string;
  /** Tags of the tests that are skipped, with the reason. */
  unsupported?: Record<string, string>;
  /** Whether Playwright reports the downloads of files that a page generates. */
  reportsDownloads?: boolean;
  testDir?: string;
  use: Partial<PlaywrightTestOptions & PlaywrightWorkerOptions>;
}

// Set by `bin/environment`. Without them Playwright's own builds are used.
const { HANDSTAMP_CHROMIUM: systemChromium, HANDSTAMP_FIREFOX: systemFirefox } = process.env;

const onlyOnChromium = {
  "@layout-shift": "the engine does not report layout shifts",
  // A third of the suite's time on Firefox.
  "@axe": "axe checks the document and its styles, which are the same on Chromium",
  "@fulfilled-redirect": "Playwright can't fulfill a request of this engine with a redirect",
  // Ten tabs with all APIs run on every engine.
  "@without-api": "a page without one of these APIs behaves the same on Chromium",
};

const isOnPath = (program: string) => (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));

const missingSmokePrograms = ["WebKitWebDriver", "Xvfb"].filter((program) => !isOnPath(program));
const hasWebkit = existsSync(webkit.executablePath());

export const chromiumOptions = {
  executablePath: systemChromium || undefined,
  args: [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
  ],
} satisfies LaunchOptions;

const chromium: Engine = {
  name: "chromium",
  use: { browserName: "chromium", launchOptions: chromiumOptions },
};

const firefoxOptions: LaunchOptions = {
  firefoxUserPrefs: {
    // No requests to Mozilla.
    "messaging-system.rsexperimentloader.enabled": false,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    // Scripts may read the clipboard.
    "dom.events.testing.asyncClipboard": true,
    "ui.prefersReducedMotion": 1,
  },
};

/** A released Firefox, over WebDriver BiDi. */
const releasedFirefox: Engine = {
  name: "firefox",
  unsupported: {
    "@emulated-media": "over WebDriver BiDi Playwright emulates neither the colour scheme nor print",
    "@stored-cookies": "over WebDriver BiDi the browser does not get the cookies of a request that Playwright sends for it",
    "@restored-document": "over WebDriver BiDi Playwright waits for a load when the browser restores a document from memory",
    ...onlyOnChromium,
  },
  reportsDownloads: false,
  use: {
    browserName: "firefox",
    channel: "moz-firefox",
    launchOptions: { ...firefoxOptions, executablePath: systemFirefox, downloadsPath: downloadsFolder },
  },
};

const playwrightFirefox: Engine = {
  name: "firefox",
  missing: existsSync(firefox.executablePath())
    ? undefined
    : "HANDSTAMP_FIREFOX is not set, and Playwright's Firefox is not installed (npx playwright install firefox)",
  unsupported: onlyOnChromium,
  use: { browserName: "firefox", launchOptions: firefoxOptions },
};

export const engines: Engine[] = [
  chromium,
  systemFirefox ? releasedFirefox : playwrightFirefox,
  {
    name: "webkit",
    missing: hasWebkit ? undefined : "Playwright's WebKit is not installed (npx playwright install webkit)",
    unsupported: onlyOnChromium,
    use: { browserName: "webkit" },
  },
  {
    name: "webkit-smoke",
    missing: hasWebkit
      ? "Playwright's WebKit runs all specs"
      : missingSmokePrograms.length > 0
        ? `not on PATH: ${missingSmokePrograms.join(", ")} (Debian: webkit2gtk-driver, xvfb)`
        : undefined,
    testDir: "webkit",
    use: {},
  },
];

export const projects = engines
  .filter(({ missing }) => missing === undefined)
  .map(({ name, testDir, use, unsupported = {}, reportsDownloads = true }) => ({
    name,
    use,
    metadata: { unsupported, reportsDownloads },
    ...(testDir && { testDir }),
  }));
