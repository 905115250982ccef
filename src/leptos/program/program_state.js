// Shows the notice that says why the program of this page does not run, and starts the program in another way if
// it can't hydrate the page. The notices, and all states, are in program_state.rs. This is plain ES2015: it has to
// run in a browser that can't run the program.
(() => {
  const root = document.documentElement;
  let isLeaving = false;
  const report = (state) => {
    if (!isLeaving) root.setAttribute("data-program", state);
  };

  // The URL as the server saw it. The parameter that shows a notice is removed, so that neither a reload nor a
  // bookmark shows the notice again.
  const requested = location.href;
  const address = new URL(requested);
  if (address.searchParams.has("retry")) {
    address.searchParams.delete("retry");
    history.replaceState(history.state, "", address);
  }

  // With this attribute the program renders the app again. Without it the program hydrates the server's rendering,
  // which fails if the elements, texts or comments are not those that the server sent.
  const isRebuilt = () => root.hasAttribute("data-rebuild");
  const rebuild = () => root.setAttribute("data-rebuild", "");
  if (history.state && history.state.rebuild) rebuild();

  // A program that has failed can't continue, so the page is reloaded, once. The mark is in the history entry, because
  // this site keeps no data of the program in web storage.
  const restart = () => {
    if (isRebuilt()) return false;
    try {
      history.replaceState(Object.assign({}, history.state, { rebuild: true }), "", requested);
    } catch (error) {
      return false;
    }
    report("restarting");
    isLeaving = true;
    location.reload();
    return true;
  };

  let hasRun = false;
  let fields = [];

  // Restores what the user has typed before the app was rendered again.
  const restoreFields = () => {
    for (const old of fields) {
      const field = old.id && document.getElementById(old.id);
      if (!field || field === old || field.value || old.value === old.defaultValue) continue;
      field.value = old.value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  };

  const show = () => {
    const state = root.getAttribute("data-program");
    if (state === "running" && !hasRun) {
      hasRun = true;
      if (isRebuilt()) restoreFields();
      fields = [];
    }
    if (isLeaving || (state === "stopped" && !hasRun && restart())) return;
    for (const notice of document.querySelectorAll("[data-when]")) {
      notice.hidden = notice.getAttribute("data-when") !== state;
    }
    // The controls of the app no longer work, so none can be clicked or focused.
    const app = document.querySelector("#app");
    if (app && state === "stopped") app.inert = true;
  };

  // Until the program runs, the app changes only while the document is parsed. A later change comes from a browser
  // extension or a translator.
  const watch = new MutationObserver(() => {
    const state = root.getAttribute("data-program");
    if (state !== "running" && state !== "stopped") rebuild();
    else watch.disconnect();
  });
  document.addEventListener("readystatechange", () => {
    const app = document.querySelector("#app");
    if (!app || document.readyState !== "interactive") return;
    fields = Array.from(app.querySelectorAll("input:not([type=checkbox]), textarea"));
    watch.observe(app, { childList: true, characterData: true, subtree: true });
  });

  // Browsers store no Secure cookie that comes over plain http, and the server refuses requests from pages of
  // another origin. Loopback names are the exception in both: there plain http is safe.
  const warnOfPlainHttp = () => {
    const notice = document.querySelector("#plain-http");
    const isLoopback = /^(.+\.)?localhost$|^127(\.\d+){3}$|^\[::1\]$/.test(location.hostname);
    const isPublicUrl = notice.querySelector("a").origin === location.origin;
    if (location.protocol !== "http:" || isLoopback || isPublicUrl) return;
    notice.querySelector("b").textContent = location.origin;
    notice.hidden = false;
  };

  // Hides the notice about a form when the user sends a form or leaves the page.
  const hideNotSent = (event) => {
    if (event.type === "submit" || event.target.closest("a[href]")) document.querySelector("#not-sent").hidden = true;
  };

  new MutationObserver(show).observe(root, { attributes: true, attributeFilter: ["data-program"] });
  document.addEventListener("DOMContentLoaded", () => {
    show();
    warnOfPlainHttp();
    document.addEventListener("submit", hideNotSent, true);
    document.addEventListener("click", hideNotSent, true);
  });

  // Lockdown Mode (Safari), safe mode (Firefox) and the strict security mode (Edge) remove it.
  if (typeof WebAssembly === "undefined") return report("no-webassembly");

  // Tries the smallest program: a policy that forbids it forbids ours too, and browsers word that error differently.
  // Older WebKit checks the policy only when a program is instantiated.
  try {
    new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)));
  } catch (error) {
    return report("blocked");
  }

  // A panic is reported by the program's panic hook. This also catches what has no hook, such as an access
  // outside of the memory.
  const hasStopped = (error) => error instanceof WebAssembly.RuntimeError;
  addEventListener("error", (event) => {
    if (hasStopped(event.error)) report("stopped");
  });

  // Until the program runs, only loading it can be rejected. The error can't be used: Safari names no file of a failed
  // import, and a failed fetch is a TypeError like many others.
  addEventListener("unhandledrejection", (event) => {
    if (hasStopped(event.reason)) report("stopped");
    else if (!root.hasAttribute("data-program")) report("not-loaded");
  });
})();
