"""What eyes and a keyboard need: a ring around what has the focus, words that stand out from their ground."""

from playwright.sync_api import Page

ENOUGH = 4.5
"""WCAG 2.2, 1.4.3: contrast of text."""
RING = """() => {
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(document.activeElement);
  return (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
}"""
CONTRASTS = """(selector) => {
  const paper = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const over = (colours) => {
    paper.clearRect(0, 0, 1, 1);
    for (const colour of colours) { paper.fillStyle = colour; paper.fillRect(0, 0, 1, 1); }
    return [...paper.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => rgb
    .map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const behind = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.unshift(getComputedStyle(at).backgroundColor);
    return layers;
  };
  const ownText = ({ childNodes }) => [...childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  return [...document.querySelectorAll(selector)]
    .filter((element) => ownText(element) && element.checkVisibility({ visibilityProperty: true }))
    .filter((element) => !element.closest(":disabled"))
    .map((element) => {
      const ground = behind(element);
      const [one, other] = [over(ground), over([...ground, getComputedStyle(element).color])].map(light);
      const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      return [element.textContent.trim(), Math.round(ratio * 100) / 100];
    });
}"""
FOCUSED = "document.activeElement.innerText || document.activeElement.ariaLabel || ''"


def faint_words(page: Page, within: str) -> list[tuple[str, str, float]]:
    """Words inside `within` that stand out too little, by theme."""
    found = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme="light" if theme == "light" else "dark")
        told = page.evaluate(CONTRASTS, f"{within} *")
        assert told, f"no words in {within}"
        found += [(theme, text, ratio) for text, ratio in told if ratio < ENOUGH]
    page.emulate_media(color_scheme="light")
    return found


def reached_by_tab(page: Page, within: str, stops: int) -> list[str]:
    """What the next `stops` of the Tab key inside `within` are, each with a ring."""
    reached: list[str] = []
    for _ in range(stops):
        page.keyboard.press("Tab")
        assert page.evaluate(f"document.activeElement.closest('{within}') !== null"), reached
        assert page.evaluate(RING), page.evaluate(FOCUSED)
        reached.append(" ".join(str(page.evaluate(FOCUSED)).split()))
    return reached
