// A server of one spec: with settings of its own, or to be stopped and started again.
import { spawn, type ChildProcess } from "node:child_process";
import { get as getHttp } from "node:http";
import { get as getHttps } from "node:https";
import type { TestInfo } from "@playwright/test";
import { binary, ownPorts, settingsAt } from "./servers.js";

/** Starts a server with its own port and database. `changes` are settings that differ from those of `servers.plain`. */
export async function startServer(info: TestInfo, changes: Record<string, string> = {}) {
  const { url, settings } = settingsAt(ownPorts(info).place, changes, `${info.testId}-${info.repeatEachIndex}`);
  let running: ChildProcess | undefined;

  const start = async () => {
    running = spawn(binary(), { cwd: "..", env: { ...process.env, ...settings }, stdio: "inherit" });
    for (let tries = 0; tries < 200; tries++) {
      if (await isReady(url)) return;
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

function isReady(url: string) {
  const get = url.startsWith("https:") ? getHttps : getHttp;
  return new Promise<boolean>((resolve) => {
    const answered = get(`${url}/readyz`, { rejectUnauthorized: false, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    answered.on("error", () => resolve(false));
  });
}
