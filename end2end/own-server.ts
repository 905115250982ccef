// A server that one spec has for itself, to stop it and to start it again.
import { spawn, type ChildProcess } from "node:child_process";
import type { TestInfo } from "@playwright/test";
import { servers, settingsAt } from "./servers.js";

/** Starts a server on a port and with a database of its own. */
export async function startServer(info: TestInfo) {
  const place = Object.keys(servers).length + info.parallelIndex;
  const { url, settings } = settingsAt(place, {}, `${info.testId}-${info.repeatEachIndex}`);
  let running: ChildProcess | undefined;

  const start = async () => {
    running = spawn("target/release/handstamp", { cwd: "..", env: { ...process.env, ...settings }, stdio: "inherit" });
    for (let tries = 0; tries < 200; tries++) {
      const ready = await fetch(`${url}/readyz`).then(({ ok }) => ok, () => false);
      if (ready) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${url} is not ready after ten seconds`);
  };
  const stop = async () => {
    const server = running;
    running = undefined;
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const gone = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGTERM");
    await gone;
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, start, stop };
}
