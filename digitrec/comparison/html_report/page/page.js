"use strict";
{
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // A heading sorts its table; pressed again, it reverses the order.
  for (const table of all("table.sortable")) {
    const heads = all("thead th", table);
    for (const head of heads) {
      head.querySelector("button")?.addEventListener("click", () => {
        const reversed = { ascending: "descending", descending: "ascending" };
        const order = reversed[head.ariaSort] ?? head.dataset.first;
        for (const other of heads) other.removeAttribute("aria-sort");
        head.ariaSort = order;
        const value = (row) => row.cells[head.cellIndex].dataset.sort;
        const compare = (a, b) => {
          const [x, y] = [value(a), value(b)];
          if (x === "" || y === "") return (x === "") - (y === ""); // missing values come last
          const numbers = Number(x) - Number(y);
          const found = Number.isNaN(numbers) ? x.localeCompare(y, "en", { numeric: true }) : numbers;
          return order === "ascending" ? found : -found;
        };
        table.tBodies[0].append(...[...table.tBodies[0].rows].sort(compare));
      });
    }
  }

  // The names of a legend highlight lines: while pointed at, and until pressed again once pressed.
  const pressed = new Set();
  const show = (also) => {
    const recipes = new Set(pressed);
    if (also !== undefined) recipes.add(also);
    document.body.classList.toggle("picked", recipes.size > 0);
    for (const group of all(".chart .recipe")) group.classList.toggle("on", recipes.has(group.dataset.recipe));
  };
  for (const button of all(".legend button")) {
    const { recipe } = button.dataset;
    button.addEventListener("click", () => {
      if (!pressed.delete(recipe)) pressed.add(recipe);
      for (const twin of all(`.legend button[data-recipe="${recipe}"]`)) twin.ariaPressed = String(pressed.has(recipe));
      show();
    });
    button.addEventListener("pointerenter", () => show(recipe));
    button.addEventListener("pointerleave", () => show());
  }

  // A description beside a point or an image, for mouse, touch and keyboard.
  const tip = document.getElementById("tip");
  const place = (target) => {
    tip.textContent = target.dataset.tip;
    tip.hidden = false;
    const at = target.getBoundingClientRect();
    const left = Math.min(Math.max(8, at.x + at.width / 2 - tip.offsetWidth / 2), innerWidth - tip.offsetWidth - 8);
    const above = at.top - tip.offsetHeight - 8;
    tip.style.left = `${left}px`;
    tip.style.top = `${above > 56 ? above : at.bottom + 8}px`;
  };
  const hide = () => { tip.hidden = true; };
  for (const [event, act] of [["pointerover", place], ["focusin", place]]) {
    document.addEventListener(event, ({ target }) => {
      const described = target.closest?.("[data-tip]");
      if (described) act(described); else hide();
    });
  }
  document.addEventListener("focusout", hide);
  document.addEventListener("scroll", hide, { passive: true });
  document.addEventListener("keydown", ({ key }) => { if (key === "Escape") { hide(); pressed.clear(); for (const b of all(".legend button")) b.ariaPressed = "false"; show(); } });

  for (const select of all("select[data-tables]")) {
    const tables = all("table", document.getElementById(select.dataset.tables));
    const choose = () => tables.forEach((table, index) => { table.hidden = index !== select.selectedIndex; });
    select.addEventListener("change", choose);
    choose(); // browsers may restore an earlier choice
  }
  document.getElementById("all-settings")?.addEventListener("change", ({ target }) => {
    document.querySelector("table.settings").classList.toggle("all", target.checked);
  });

  document.getElementById("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.style.colorScheme ? root.style.colorScheme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.style.colorScheme = dark ? "light" : "dark";
  });

  // The navigation shows which section is in view.
  const links = new Map(all("nav a").map((link) => [link.hash.slice(1), link]));
  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) links.get(target.id)?.classList.toggle("here", isIntersecting);
  }, { rootMargin: "-30% 0px -60%" });
  for (const section of all("section[id]")) seen.observe(section);
}
