//! A button that opens a panel below it: a popover, which the browser closes with the Escape key and with a click
//! elsewhere.

use leptos::{html, prelude::*};

/// A panel with a button.
#[component]
pub fn Menu(
    /// The id of the panel; unique in the page.
    id: &'static str,
    /// The name of the button.
    #[prop(into)]
    label: Signal<String>,
    /// What the button shows.
    #[prop(into)]
    button: ViewFn,
    panel: PanelNode,
    children: Children,
) -> impl IntoView {
    view! {
        <button type="button" class="menu-button" popovertarget=id aria-label=label>
            {button.run()}
        </button>
        <div id=id class="menu" popover="auto" node_ref=panel.0>
            {children()}
        </div>
    }
}

/// The panel of a [`Menu`].
#[derive(Debug, Clone, Copy)]
pub struct PanelNode(NodeRef<html::Div>);

impl PanelNode {
    pub fn new() -> Self {
        Self(NodeRef::new())
    }

    /// Closes the panel. The focus stays where it is if it is elsewhere.
    pub fn close(self) {
        if let Some(panel) = self.0.try_get_untracked().flatten() {
            // Fails only if the panel is closed already.
            let _ = panel.hide_popover();
        }
    }
}

impl Default for PanelNode {
    fn default() -> Self {
        Self::new()
    }
}
