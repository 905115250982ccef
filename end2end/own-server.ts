// A server for one spec: with its own settings, or to be stopped and restarted.
import { spawn, type ChildProcess } from "node:child_process";
import { get as getHttp } from "node:http";
import { get as getHttps } from "node:https";
import type { TestInfo } from "@playwright/test";
import { binary, ownPorts, settingsFor } from "./servers.js";

/** Starts a server with its own port and database. `changes` are the settings that differ from `servers.plain`. */
export async function startServer(info: TestInfo, changes: Record<string, string> = {}) {
  const { url, settings } = settingsFor(ownPorts(info).index, changes, `${info.testId}-${info.repeatEachIndex}`);
  let running: ChildProcess | undefined;

  const start = async () => {
    running = spawn(binary(), { cwd: "..", env: { ...process.env, ...settings }, stdio: "inherit" });
    for (let attempt = 0; attempt < 200; attempt++) {
      if (await isReady(url)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${url} is not ready after ten seconds`);
  };
  const stop = async () => {
    const server = running;
    running = undefined;
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const exited = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGTERM");
    await exited;
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, start, stop };
}

function isReady(url: string) {
  const get = url.startsWith("https:") ? getHttps : getHttp;
  return new Promise<boolean>((resolve) => {
    const probe = get(`${url}/readyz`, { rejectUnauthorized: false, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    probe.on("error", () => resolve(false));
  });
}
