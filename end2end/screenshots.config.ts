// Takes the screenshots of docs/screenshots: `npx playwright test --config screenshots.config.ts`.
import config, { chromiumProjects } from "./playwright.config.js";

export default { ...config, testDir: "screenshots", projects: chromiumProjects, reporter: "list" };
