-- Untested. Over the hardware inventory of the key Status (hardware-inventory.mof, client-settings.mof make it one of its
-- classes), for SQL Server Reporting Services, or for Power BI (Get data, SQL Server, the site database, SQL statement).
-- Inventory has flat values only: certificates appear by their SHA-1 thumbprint, not by SHA-256.

-- How many are compliant?
SELECT s.State0 AS State, COUNT(*) AS Machines
FROM v_GS_WSUS_TRUST_AGENT_STATUS0 AS s
GROUP BY s.State0;

-- Why not? One row for each machine and reason.
SELECT r.Netbios_Name0 AS Machine, reason.value AS Reason
FROM v_GS_WSUS_TRUST_AGENT_STATUS0 AS s
JOIN v_R_System AS r ON r.ResourceID = s.ResourceID
CROSS APPLY STRING_SPLIT(s.Reasons0, ',') AS reason
WHERE s.Compliant0 = 0;

-- Whose first certificate expires within 90 days?
SELECT r.Netbios_Name0 AS Machine, s.NotAfter0 AS NotAfter, s.Thumbprints0 AS Thumbprints
FROM v_GS_WSUS_TRUST_AGENT_STATUS0 AS s
JOIN v_R_System AS r ON r.ResourceID = s.ResourceID
WHERE TRY_CONVERT(datetimeoffset, NULLIF(s.NotAfter0, '')) < DATEADD(day, 90, SYSUTCDATETIME());

-- Whose agent has not looked for 3 days, or never? Inventory itself may be as old as its schedule.
SELECT r.Netbios_Name0 AS Machine, s.LastCheckUtc0 AS LastCheck, s.AgentVersion0 AS AgentVersion
FROM v_R_System AS r
LEFT JOIN v_GS_WSUS_TRUST_AGENT_STATUS0 AS s ON r.ResourceID = s.ResourceID
WHERE s.LastCheckUtc0 IS NULL OR TRY_CONVERT(datetimeoffset, s.LastCheckUtc0) < DATEADD(day, -3, SYSUTCDATETIME());

-- Who lacks a certificate, named by its thumbprint?
SELECT r.Netbios_Name0 AS Machine, s.State0 AS State, s.Thumbprints0 AS Thumbprints
FROM v_R_System AS r
LEFT JOIN v_GS_WSUS_TRUST_AGENT_STATUS0 AS s ON r.ResourceID = s.ResourceID
WHERE s.Thumbprints0 IS NULL OR s.Thumbprints0 NOT LIKE '%0000000000000000000000000000000000000000%';
