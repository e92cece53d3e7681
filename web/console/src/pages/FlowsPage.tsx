export function FlowsPage() { return <p>Flows</p> }
