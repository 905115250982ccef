// The Lighthouse scores of the pages, as on a phone.
import { launch } from "chrome-launcher";
import lighthouse, { type Result } from "lighthouse";
import { expect, test } from "@playwright/test";
import { chromiumOptions } from "../engines.js";
import { servers } from "../servers.js";

const print = (text: string) => test.info().annotations.push({ type: "measured", description: text });
const goals = { performance: 95, accessibility: 100, "best-practices": 100, seo: 100 };
const details = ["first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift"];

/** The audits that lower the score of a category. */
function failedAudits({ categories, audits }: Result, name: string) {
  const refs = categories[name]!.auditRefs;
  return refs.filter(({ id, weight }) => weight > 0 && (audits[id]!.score ?? 1) < 0.9).map(({ id }) => id);
}

for (const path of ["/", "/login", "/lab"]) {
  test(`Lighthouse ${path}`, async () => {
    test.setTimeout(180_000);
    const browser = await launch({
      chromePath: chromiumOptions.executablePath,
      chromeFlags: ["--headless=new", ...chromiumOptions.args],
    });
    try {
      const runs: Result[] = [];
      for (let run = 0; run < 3; run++) {
        const options = { port: browser.port, logLevel: "error" as const, onlyCategories: Object.keys(goals) };
        const report = await lighthouse(`${servers.plain.url}${path}`, options);
        runs.push(report!.lhr);
      }
      for (const [name, goal] of Object.entries(goals)) {
        // The median of three, because other load on the machine lowers single scores.
        const [, score] = runs.map(({ categories }) => Math.round((categories[name]!.score ?? 0) * 100)).sort((a, b) => a - b);
        const result = score! < goal ? `missed: ${failedAudits(runs[0]!, name).join(", ")}` : "reached";
        print(`Lighthouse ${path} ${name}: ${score} (goal ${goal}, ${result})`);
      }
      print(`Lighthouse ${path}: ${details.map((id) => `${id} ${runs[0]!.audits[id]!.displayValue}`).join(", ")}`);
      expect(runs.length).toBe(3);
    } finally {
      browser.kill();
    }
  });
}
