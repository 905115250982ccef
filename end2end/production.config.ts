// The specs that `bin/test production` runs against the production build: compressed files, chunks, and the starts
// that can fail.
import tests, { chromiumProjects, webServer } from "./playwright.config.js";
import { binary, servers } from "./servers.js";

// The example app is tested only as a development build.
const ownServers = Object.entries(servers).filter(([, server]) => server.program === binary());

export default {
  ...tests,
  projects: chromiumProjects,
  testMatch: ["code-splitting.spec.ts", "refresh.spec.ts", "start.spec.ts", "tls.spec.ts"],
  webServer: ownServers.map(([, server]) => webServer(server)),
};
