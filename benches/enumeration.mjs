// Measures whether the request after failed logins tells if the account exists: two wrong logins at once, then the time
// of a logout, which writes to the database. Prints the median for an existing and for absent names.
//   node benches/enumeration.mjs URL [ROUNDS]     a server with HANDSTAMP_RATE_LIMITS=off, on SQLite
const [url, rounds = "1000"] = process.argv.slice(2);
if (!url) throw new Error("usage: node benches/enumeration.mjs URL [ROUNDS]");

async function post(path, body) {
  const headers = { "content-type": "application/json", "sec-fetch-site": "same-origin" };
  const answer = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
  const text = await answer.text();
  return { status: answer.status, body: text && JSON.parse(text) };
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
const [there, absent] = [median(times.existing), median(times.absent)];
console.log(`existing ${there.toFixed(3)} ms, absent ${absent.toFixed(3)} ms, ratio ${(there / absent).toFixed(2)}, ${rounds} rounds`);
