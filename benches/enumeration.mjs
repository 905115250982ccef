// Measures whether the duration of a request after failed logins reveals if the account exists: two failed logins at
// once, then the time of a logout, which writes to the database. Prints the medians for existing and unknown accounts.
//   node benches/enumeration.mjs URL [ROUNDS]     a server with HANDSTAMP_RATE_LIMITS=off, on SQLite
const [url, rounds = "1000"] = process.argv.slice(2);
if (!url) throw new Error("usage: node benches/enumeration.mjs URL [ROUNDS]");

async function post(path, body) {
  const headers = { "content-type": "application/json", "sec-fetch-site": "same-origin" };
  const response = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
  const text = await response.text();
  return { status: response.status, body: text && JSON.parse(text) };
}

const password = "correct horse battery";
const unique = () => `name${Math.random().toString(36).slice(2, 12)}`;
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

async function signUp() {
  const username = unique();
  const { status } = await post("/auth/sign_up", { username, email: `${username}@example.org`, password });
  if (status !== 200) throw new Error(`sign-up: ${status}`);
  return username;
}

const existing = await signUp();
const own = await post("/api/login", { username: await signUp(), password });
const { refresh_token } = own.body;
const times = { existing: [], absent: [] };
for (let round = 0; round < Number(rounds); round++) {
  const kinds = round % 2 ? ["existing", "absent"] : ["absent", "existing"];
  for (const kind of kinds) {
    const username = kind === "existing" ? existing : unique();
    const wrong = () => post("/api/login", { username, password: "not the password" });
    const statuses = (await Promise.all([wrong(), wrong()])).map(({ status }) => status);
    if (statuses.some((status) => status !== 401)) throw new Error(`logins: ${statuses}`);
    const started = performance.now();
    await post("/api/logout", { refresh_token });
    times[kind].push(performance.now() - started);
  }
}
const [present, absent] = [median(times.existing), median(times.absent)];
console.log(`existing ${present.toFixed(3)} ms, absent ${absent.toFixed(3)} ms, ratio ${(present / absent).toFixed(2)}, ${rounds} rounds`);
