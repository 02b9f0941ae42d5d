Feature: A receipt says how far its event has come

  Scenario: From accepted to durable
    Given a service whose commits are held
    When an event is recorded
    Then the receipt says "Accepted"
    When the commits are let go
    Then waiting for the receipt gives the number 0
    And the receipt says "Durable"
    And the receipt's id is the id of the row

  Scenario: Waiting has an end, and the event stays accepted
    Given a service whose commits are held
    When an event is recorded
    Then waiting 50 ms for the receipt is an error of kind "Timeout"
    And the receipt says "Accepted"
    When the commits are let go
    Then waiting for the receipt gives the number 0

  Scenario: Async code waits on any executor
    Given a service whose commits are held
    When 3 events are recorded
    And an executor made by hand awaits the receipts and a flush
    And the commits are let go
    Then the executor was given the numbers 0 to 2 and the end of the flush

  Scenario: Many wait for one receipt
    Given a service whose commits are held
    When an event is recorded
    And 8 threads wait for the receipt
    And the commits are let go
    Then all 8 threads were given the number 0

  Scenario: A receipt does not keep the service alive
    Given a service
    When 10 events are recorded
    And the service is dropped
    Then no file of the data directory is open
    And all 10 receipts still name their numbers

  Scenario: A receipt of an event that the end of the service left in the journal says so
    Given a close timeout of 100 ms
    And a service whose commits fail as busy
    When an event is recorded
    And the service is dropped
    Then waiting 50 ms for the receipt is an error of kind "Closed"
    And the receipt says "Accepted"
