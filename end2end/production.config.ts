// `bin/test production` runs these specs against the production build: the files that it compresses, the parts of
// its program, and a start of each kind.
import tests, { onChromium, started } from "./playwright.config.js";
import { servers } from "./servers.js";

// The example app is tested as a development build.
const own = Object.entries(servers).filter(([name]) => name !== "guestbook");

export default {
  ...tests,
  projects: onChromium,
  testMatch: ["code-splitting.spec.ts", "refresh.spec.ts", "start.spec.ts", "tls.spec.ts"],
  webServer: own.map(([, server]) => started(server)),
};
