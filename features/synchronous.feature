Feature: Synchronous recording, for those who want to know at once

  Scenario: A call returns when its event is durable, and names its number
    Given a service in synchronous mode
    When 3 events are recorded
    Then all 3 receipts are durable already, numbered 0 to 2
    And a second process counts 3 events

  Scenario: No writer thread, no journal
    When a program records 10 events in synchronous mode and lists its threads
    Then it had 1 thread, and none was named "audit-writer"

  Scenario: Strict order across threads
    Given a service in synchronous mode
    When 4 threads record 50 events each
    Then the trail holds 200 events, numbered from 0 without a hole
    And each of 4 threads finds its 50 events in the order of its calls

  Scenario: A given store makes the service synchronous
    Given a service over a store of the caller's own
    When 3 events are recorded
    Then all 3 receipts are durable already, numbered 0 to 2
    And no journal was made

  Scenario: Closing the service closes the given store
    Given a service over a store of the caller's own
    When an event is recorded
    And the service is closed
    Then no file of the data directory is open

  Scenario: An error in the database reaches the caller, with the event
    Given a service over a store of the caller's own
    And the next commit fails as disk full
    When an event of type "plan_applied" is recorded
    Then it is refused as "StorageFull" with a message about "append"
    And the event is given back
    When an event is recorded
    Then all 1 events become durable

  Scenario: A synchronous service makes durable what a dead process left
    When a program records 100 events and ends by process exit
    And a service in synchronous mode records one event
    Then a second process counts 101 events
