// WebKitGTK, controlled over WebDriver, on its own display.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { Builder, By, type WebDriver } from "selenium-webdriver";
import { expect } from "@playwright/test";

export type Browser = Awaited<ReturnType<typeof startBrowser>>;

/** Starts a browser for the pages of the server at `url`. The driver listens on `driverPort`. */
export async function startBrowser(url: string, driverPort: number) {
  const processes: ChildProcess[] = [];
  let driver: WebDriver | undefined;
  const stop = async () => {
    await driver?.quit().catch(() => {});
    for (const process of processes.reverse()) await terminate(process);
  };
  try {
    const display = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"], {
      stdio: ["ignore", "ignore", "ignore", "pipe"],
    });
    processes.push(display);
    const [number] = await Promise.race([once(display.stdio[3] as Readable, "data"), failed(display, "Xvfb")]);
    // NO_AT_BRIDGE: without it the browser looks for a desktop's accessibility service.
    const env = { ...process.env, DISPLAY: `:${String(number).trim()}`, NO_AT_BRIDGE: "1" };
    const driverProcess = spawn("WebKitWebDriver", ["--host=127.0.0.1", `--port=${driverPort}`], { env, stdio: "ignore" });
    processes.push(driverProcess);
    driver = await Promise.race([connect(`http://127.0.0.1:${driverPort}`), failed(driverProcess, "WebKitWebDriver")]);
    return { driver, stop, ...actions(driver, url) };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function connect(address: string) {
  await expect.poll(() => fetch(`${address}/status`).then(({ ok }) => ok, () => false), { message: "WebKitWebDriver is ready", intervals: [50] }).toBe(true);
  // Without options the driver starts the MiniBrowser that belongs to it.
  return new Builder().usingServer(address).withCapabilities({ browserName: "MiniBrowser", acceptInsecureCerts: true }).build();
}

async function failed(process: ChildProcess, name: string): Promise<never> {
  const error = new Promise<Error>((resolve) => process.once("error", resolve));
  const exit = new Promise<Error>((resolve) => process.once("exit", (code) => resolve(new Error(`${name} exited with ${code}`))));
  throw await Promise.race([error, exit]);
}

async function terminate(process: ChildProcess) {
  if (process.pid === undefined || process.exitCode !== null || process.signalCode !== null) return;
  const exit = once(process, "exit");
  process.kill("SIGTERM");
  await exit;
}

function actions(driver: WebDriver, url: string) {
  const withText = (element: string, text: string) => By.xpath(`//${element}[normalize-space()="${text}"]`);
  const isVisible = async (locator: By) => {
    const elements = await driver.findElements(locator);
    const visible = await Promise.all(elements.map((element) => element.isDisplayed().catch(() => false)));
    return visible.includes(true);
  };
  const expectVisible = (element: string, text: string) =>
    expect.poll(() => isVisible(withText(element, text)), { message: `${element} "${text}" is visible` }).toBe(true);
  return {
    expectVisible,
    /** Waits until the page is hydrated. */
    async waitUntilReady() {
      await expect.poll(async () => (await driver.findElements(By.css("html[data-ready]"))).length, { message: "data-ready" }).toBe(1);
    },
    async open(path: string) {
      await driver.get(`${url}${path}`);
      await this.waitUntilReady();
    },
    async click(element: "a" | "button", text: string) {
      await expectVisible(element, text);
      const elements = await driver.findElements(withText(element, text));
      for (const found of elements) if (await found.isDisplayed()) return found.click();
    },
    /** Waits for the account menu of this user, and opens it if asked. */
    async accountMenu(name = "", { open = false } = {}) {
      const menu = By.css(`button[popovertarget="account-menu"][aria-label*="${name}"]`);
      await expect.poll(() => isVisible(menu), { message: `the account menu of ${name} is visible` }).toBe(true);
      if (open) await driver.findElement(menu).click();
    },
    path: async () => (await driver.getCurrentUrl()).slice(url.length),
    /** A screenshot of the tab in the foreground; hidden tabs have none. */
    async screenshot() {
      for (const tab of await driver.getAllWindowHandles()) {
        await driver.switchTo().window(tab);
        if ((await driver.executeScript("return document.visibilityState")) === "visible") return driver.takeScreenshot();
      }
      throw new Error("no tab is visible");
    },
    text: () => driver.executeScript<string>("return document.body.innerText"),
    /** The number of requests to this path since the page was loaded. */
    countRequests: (path: string) =>
      driver.executeScript<number>(
        "return performance.getEntriesByType('resource').filter(({ name }) => new URL(name).pathname === arguments[0]).length",
        path,
      ),
  };
}
