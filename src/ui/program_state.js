// Shows the notice that says why the program of this page does not run. The notices, and all states, are in
// program_state.rs. This is plain ES2015: it has to run in a browser that can't run the program.
(() => {
  const root = document.documentElement;
  const report = (state) => root.setAttribute("data-program", state);

  const show = () => {
    const state = root.getAttribute("data-program");
    for (const notice of document.querySelectorAll("[data-when]")) {
      notice.hidden = notice.getAttribute("data-when") !== state;
    }
    // No control reacts any more. Only the notice can still be clicked and focused.
    if (state === "stopped") {
      for (const part of document.body.children) part.inert = !part.matches(".program-notices");
    }
  };

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

  new MutationObserver(show).observe(root, { attributes: true, attributeFilter: ["data-program"] });
  document.addEventListener("DOMContentLoaded", () => {
    show();
    warnOfPlainHttp();
  });

  // Lockdown Mode (Safari), safe mode (Firefox) and the strict security mode (Edge) remove it.
  if (typeof WebAssembly === "undefined") return report("no-webassembly");

  // Tries the smallest program: a policy forbids it as it forbids ours, and browsers word that error differently.
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

  // Until the program runs, only loading it can be rejected. The error itself says little: of a failed import
  // Safari names no file, and a failed fetch is the same TypeError as many others.
  addEventListener("unhandledrejection", (event) => {
    if (hasStopped(event.reason)) report("stopped");
    else if (!root.hasAttribute("data-program")) report("not-loaded");
  });
})();
