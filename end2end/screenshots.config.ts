// Takes the pictures of docs/screenshots: `npx playwright test --config screenshots.config.ts`.
import config, { onChromium } from "./playwright.config.js";

export default { ...config, testDir: "screenshots", projects: onChromium, reporter: "list" };
