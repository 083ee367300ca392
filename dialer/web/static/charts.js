// Draws the charts of a page. Each <div data-chart="ID"> takes its figures from <script type="application/json" id="ID">:
//   {name, description, categories: [text], values: [number | null], whole: number | null (drawn as a line across)}
// Colours come from the page's tokens; a pattern and a description stand in for those who don't see colours.
const token = (name) => {
  const probe = document.createElement("i");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
};

function options({ name, description, categories, values, whole }) {
  const [ink, soft, line, panel, accent] = ["ink", "ink-soft", "line", "panel", "accent"].map(token);
  const text = { color: soft, fontFamily: "Inter, system-ui, sans-serif", fontSize: 12 };
  return {
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    animationDuration: 300,
    aria: { enabled: true, label: { description }, decal: { show: true } },
    color: [accent],
    grid: { left: 4, right: 44, top: 12, bottom: 4, containLabel: true },
    // Rich text is drawn in the chart: HTML would need inline styles, which the pages' policy forbids.
    tooltip: { trigger: "axis", renderMode: "richText", backgroundColor: panel, borderColor: line, textStyle: { ...text, color: ink }, valueFormatter: (value) => value?.toFixed(2) ?? "–" },
    xAxis: { type: "category", data: categories, axisLine: { lineStyle: { color: line } }, axisTick: { show: false }, axisLabel: text },
    yAxis: { type: "value", min: 0, splitLine: { lineStyle: { color: line } }, axisLabel: text },
    series: [{
      name, type: "bar", data: values, barMaxWidth: 40, itemStyle: { borderRadius: [3, 3, 0, 0] },
      markLine: whole === null ? undefined : {
        silent: true, symbol: "none", data: [{ yAxis: whole }], lineStyle: { color: ink, type: "dashed" }, label: { ...text, color: ink, formatter: () => whole.toFixed(2) },
      },
    }],
  };
}

function draw(place) {
  const figures = JSON.parse(document.getElementById(place.dataset.chart).textContent);
  const chart = echarts.init(place, null, { renderer: "svg" });
  const paint = () => chart.setOption(options(figures), true);
  paint();
  new ResizeObserver(() => chart.resize()).observe(place);
  addEventListener("themechange", paint);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
}

document.querySelectorAll("[data-chart]").forEach(draw);
