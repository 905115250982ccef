// Loads the page again, at most twice, if the server does not have a file of its program. While a new version is
// rolled out, a document and the files that it names may come from servers of different versions. This is plain
// ES2015 and precedes program_state.js, which says why a program does not run.
(() => {
  const MAX_RELOADS = 2;
  const COUNT = "handstamp_reloads";
  const root = document.documentElement;

  // The performance entry of the request holds the status. Browsers without it send a HEAD request.
  const isMissing = (url) => {
    const status = performance.getEntriesByName(url).map((entry) => entry.responseStatus).find(Boolean);
    if (status) return status >= 400;
    return fetch(url, { method: "HEAD", cache: "no-store" }).then((answer) => !answer.ok);
  };

  // A request without a response is a fault of the network. Then a reload would lose the page.
  const lacksFile = () => {
    const links = document.querySelectorAll("link[rel=modulepreload], link[rel=preload][as=fetch]");
    const missing = Promise.all(Array.from(links, (link) => isMissing(link.href)));
    return missing.then((found) => found.includes(true)).catch(() => false);
  };

  // Without storage the reloads can't be counted, so there are none.
  const countReload = () => {
    try {
      const count = Number(sessionStorage.getItem(COUNT)) + 1;
      if (count > MAX_RELOADS) return 0;
      sessionStorage.setItem(COUNT, count);
      return count;
    } catch (error) {
      return 0;
    }
  };

  const whenLoaded = (work) => {
    if (document.readyState === "complete") work();
    else addEventListener("load", work, { once: true });
  };

  const reloadOrReport = (isLacking) => {
    const count = isLacking ? countReload() : 0;
    if (count) whenLoaded(() => setTimeout(() => location.reload(), count * 700));
    else if (!root.hasAttribute("data-program")) root.setAttribute("data-program", "not-loaded");
  };

  // Until the program runs, only loading it can be rejected.
  addEventListener("unhandledrejection", (event) => {
    if (root.hasAttribute("data-program") || event.reason instanceof WebAssembly.RuntimeError) return;
    event.stopImmediatePropagation();
    lacksFile().then(reloadOrReport);
  });

  new MutationObserver(() => {
    if (root.getAttribute("data-program") !== "running") return;
    try {
      sessionStorage.removeItem(COUNT);
    } catch (error) {
      return;
    }
  }).observe(root, { attributes: true, attributeFilter: ["data-program"] });
})();
