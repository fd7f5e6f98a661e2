// Dialogs: closed by their own buttons, by Escape and by a click beside them; with tabs where they have them.

export function prepareDialog(dialog) {
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
  });
  const tabs = [...dialog.querySelectorAll("[role=tab]")];
  for (const tab of tabs) {
    tab.addEventListener("click", () => selectTab(tabs, tab));
    tab.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      const other = tabs[(tabs.indexOf(tab) + 1) % tabs.length];
      selectTab(tabs, other);
      other.focus();
    });
  }
  return dialog;
}

function selectTab(tabs, selected) {
  for (const tab of tabs) {
    const isSelected = tab === selected;
    tab.setAttribute("aria-selected", String(isSelected));
    tab.tabIndex = isSelected ? 0 : -1;
    document.getElementById(tab.getAttribute("aria-controls")).hidden = !isSelected;
  }
}

// A second click would book the seats a second time, and be refused.
export function submitOnce(form) {
  const button = form.querySelector("[type=submit]");
  form.addEventListener("submit", () => {
    button.setAttribute("aria-disabled", "true");
    button.textContent = button.dataset.busy;
    button.addEventListener("click", (event) => event.preventDefault());
  });
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}
